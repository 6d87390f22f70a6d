# A library per folder of the house, and the parts of the program that are opened when first asked for.

# scalesim_library(folder): the library of one folder with all its rooms; its headers, but those for its own use, are
# installed beside it. probe/ rooms are libraries of their own, and files named *_mpi.cpp are for those who ask for MPI.
function(scalesim_library name)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE_LINKS;PRIVATE_HEADERS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "/probe/|_mpi\\.cpp$")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS *.h)
  list(FILTER headers EXCLUDE REGEX "/probe/")
  list(TRANSFORM ARG_PRIVATE_HEADERS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(REMOVE_ITEM headers ${ARG_PRIVATE_HEADERS})
  add_library(scalesim_${name} STATIC ${sources})
  add_library(scalesim::${name} ALIAS scalesim_${name})
  set_target_properties(scalesim_${name} PROPERTIES EXPORT_NAME ${name})
  target_sources(scalesim_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
  target_compile_features(scalesim_${name} PUBLIC cxx_std_20)
  target_link_libraries(scalesim_${name} PUBLIC $<BUILD_INTERFACE:scalesim_flags> ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  set_property(GLOBAL APPEND PROPERTY SCALESIM_LIBRARIES scalesim_${name})
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
  set_target_properties(scalesim_${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/scalesim)
  set_property(GLOBAL APPEND PROPERTY SCALESIM_PARTS scalesim_${name})
endfunction()
