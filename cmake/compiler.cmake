# C++20 with warnings; floating point without contraction so gcc and clang give the same bytes.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
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
if(SCALESIM_SANITIZE)
  target_compile_options(scalesim_flags INTERFACE -fsanitize=${SCALESIM_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(scalesim_flags INTERFACE -fsanitize=${SCALESIM_SANITIZE})
endif()

find_program(SCALESIM_CCACHE ccache)
if(SCALESIM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SCALESIM_CCACHE})
endif()

# scalesim_library(folder): the library of one folder with all its rooms. probe/ rooms are libraries of their own.
function(scalesim_library name)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE_LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "/probe/")
  add_library(scalesim_${name} STATIC ${sources})
  add_library(scalesim::${name} ALIAS scalesim_${name})
  set_target_properties(scalesim_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(scalesim_${name} PUBLIC scalesim_flags ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()

# scalesim_part(name sources... LINKS libraries...): libscalesim_<name>.so in lib/scalesim, opened by core/part.h when
# first asked for. The program depends on it, though it does not link it.
function(scalesim_part name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(scalesim_${name} MODULE ${ARG_SOURCES})
  target_link_libraries(scalesim_${name} PRIVATE scalesim_flags ${ARG_LINKS})
  if(NOT SCALESIM_SANITIZE)
    target_link_options(scalesim_${name} PRIVATE -Wl,--no-undefined)
  endif()
  set_target_properties(scalesim_${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/scalesim
                                                    INSTALL_RPATH_USE_LINK_PATH ON)
  set_property(GLOBAL APPEND PROPERTY SCALESIM_PARTS scalesim_${name})
endfunction()
