# Writes the table of a plugin room: every FOLDER/**/<name>.cpp defines
#     std::unique_ptr<INTERFACE> make_<ITEM>_<name>();
# in the namespace of its library, and the generated file defines
#     std::vector<std::unique_ptr<INTERFACE>> make_<TABLE>();
# Adding a plugin is adding a file. (Self-registering statics would be dropped by the linker from a static library.)
function(scalesim_plugin_table target)
  cmake_parse_arguments(ARG "" "FOLDER;TABLE;ITEM;INTERFACE;HEADER" "" ${ARGN})
  string(REPLACE "scalesim_" "" namespace ${target})
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_FOLDER})
  set_property(GLOBAL PROPERTY SCALESIM_TABLE_${ARG_TABLE} ${namespace} ${ARG_ITEM} ${ARG_INTERFACE} ${ARG_HEADER} ${folder})
  scalesim_write_table(${target} ${ARG_TABLE} ${folder})
endfunction()

# The same table with the plugins of one more folder, for a program that brings plugins of its own. As the table is an
# object file of its own in the library, the linker takes the program's.
function(scalesim_extend_table target table folder)
  get_property(parts GLOBAL PROPERTY SCALESIM_TABLE_${table})
  list(GET parts 4 library_folder)
  scalesim_write_table(${target} ${table} ${library_folder} ${folder})
endfunction()

function(scalesim_write_table target table)
  get_property(parts GLOBAL PROPERTY SCALESIM_TABLE_${table})
  list(GET parts 0 namespace)
  list(GET parts 1 item)
  list(GET parts 2 interface)
  list(GET parts 3 header)
  set(names "")
  foreach(folder IN LISTS ARGN)
    file(GLOB_RECURSE plugins CONFIGURE_DEPENDS ${folder}/*.cpp)
    foreach(file IN LISTS plugins)
      get_filename_component(name ${file} NAME_WE)
      list(APPEND names ${name})
    endforeach()
  endforeach()
  list(SORT names)
  set(declarations "")
  set(calls "")
  foreach(name IN LISTS names)
    string(APPEND declarations "std::unique_ptr<${interface}> make_${item}_${name}();\n")
    string(APPEND calls "  table.push_back(make_${item}_${name}());\n")
  endforeach()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${table}_table.cpp)
  list(JOIN ARGN " and " folders)
  string(REPLACE "${PROJECT_SOURCE_DIR}/" "" folders "${folders}")
  file(CONFIGURE OUTPUT ${output} CONTENT "// Generated from the files of ${folders}.
#include <memory>
#include <vector>

#include \"${header}\"

namespace scalesim::${namespace} {
${declarations}
std::vector<std::unique_ptr<${interface}>> make_${table}() {
  std::vector<std::unique_ptr<${interface}>> table;
${calls}  return table;
}
}  // namespace scalesim::${namespace}
" @ONLY)
  target_sources(${target} PRIVATE ${output})
endfunction()
