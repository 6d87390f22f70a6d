// The program: joins the job if mpirun started one, and hands over to the commands.
#include <iostream>
#include <string>
#include <vector>

#include "cli/application.h"

int main(int argc, char** argv) {
  const std::unique_ptr<scalesim::job::World> world = scalesim::job::join_world();
  return scalesim::cli::run_application(std::vector<std::string>(argv + 1, argv + argc), *world, std::cout,
                                        std::cerr);
}
