// The program: its words go to the commands, in the job that mpirun started if there is one.
#include <iostream>
#include <string>
#include <vector>

#include "cli/application.h"

int main(int argc, char** argv) {
  return scalesim::cli::run_program(std::vector<std::string>(argv + 1, argv + argc),
                                    scalesim::job::join_world, std::cout, std::cerr);
}
