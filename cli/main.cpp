// The program: everything it does is in cli/, this file only owns the process.
int main() { return 0; }
