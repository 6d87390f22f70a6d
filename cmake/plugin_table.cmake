# Writes the table of a plugin room: every FOLDER/**/<name>.cpp defines
#     std::unique_ptr<INTERFACE> make_<ITEM>_<name>();
# in the namespace of its library, and the generated file defines
#     std::vector<std::unique_ptr<INTERFACE>> make_<TABLE>();
# Adding a plugin is adding a file. (Self-registering statics would be dropped by the linker from a static library.)
function(scalesim_plugin_table target)
  cmake_parse_arguments(ARG "" "FOLDER;TABLE;ITEM;INTERFACE;HEADER" "" ${ARGN})
  file(GLOB_RECURSE plugins CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_FOLDER}/*.cpp)
  set(names "")
  foreach(file IN LISTS plugins)
    get_filename_component(name ${file} NAME_WE)
    list(APPEND names ${name})
  endforeach()
  list(SORT names)
  string(REPLACE "scalesim_" "" namespace ${target})
  set(declarations "")
  set(calls "")
  foreach(name IN LISTS names)
    string(APPEND declarations "std::unique_ptr<${ARG_INTERFACE}> make_${ARG_ITEM}_${name}();\n")
    string(APPEND calls "  table.push_back(make_${ARG_ITEM}_${name}());\n")
  endforeach()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${ARG_TABLE}_table.cpp)
  file(CONFIGURE OUTPUT ${output} CONTENT "// Generated from the files of ${ARG_FOLDER}/.
#include <memory>
#include <vector>

#include \"${ARG_HEADER}\"

namespace scalesim::${namespace} {
${declarations}
std::vector<std::unique_ptr<${ARG_INTERFACE}>> make_${ARG_TABLE}() {
  std::vector<std::unique_ptr<${ARG_INTERFACE}>> table;
${calls}  return table;
}
}  // namespace scalesim::${namespace}
" @ONLY)
  target_sources(${target} PRIVATE ${output})
endfunction()
