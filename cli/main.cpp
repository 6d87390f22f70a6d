// The program: joins the job if mpirun started one, and hands over to the commands.
#include <iostream>
#include <string>
#include <vector>

#include "cli/application.h"

int main(int argc, char** argv) {
  return scalesim::cli::run_program(std::vector<std::string>(argv + 1, argv + argc),
                                    scalesim::job::join_world, std::cout, std::cerr);
}
