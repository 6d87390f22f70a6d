# C++20 with warnings; floating point without contraction so gcc and clang give the same bytes.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Binaries are linked as they will be installed. CMake otherwise pads their list of library folders with an empty entry, to
# be overwritten on installing, and the loader takes an empty entry for the folder that a program is started in.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

option(SCALESIM_WERROR "Warnings are errors" OFF)
option(SCALESIM_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
include(CMakeDependentOption)
cmake_dependent_option(SCALESIM_TOOLS "Build the developers' programs, which the tests use" OFF "NOT SCALESIM_TESTS" ON)
option(SCALESIM_BENCHMARKS "Build the benchmarks" OFF)
option(SCALESIM_FUZZERS "Build the libFuzzer targets (clang only)" OFF)
set(SCALESIM_SANITIZE "" CACHE STRING "Sanitizers, such as address,undefined or thread")

add_library(scalesim_flags INTERFACE)
target_include_directories(scalesim_flags INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>")
target_compile_options(scalesim_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers -ffp-contract=off
                       $<$<BOOL:${SCALESIM_WERROR}>:-Werror>)
# All symbols are bound when a program starts, after which the tables of their addresses cannot be written.
target_link_options(scalesim_flags INTERFACE $<BUILD_INTERFACE:-Wl,-z,relro,-z,now>)
if(SCALESIM_SANITIZE)
  target_compile_options(scalesim_flags INTERFACE -fsanitize=${SCALESIM_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(scalesim_flags INTERFACE -fsanitize=${SCALESIM_SANITIZE})
endif()

find_program(SCALESIM_CCACHE ccache)
if(SCALESIM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SCALESIM_CCACHE})
endif()
