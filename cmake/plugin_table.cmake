# Writes the table of a plugin folder: every <folder>/<name>.cpp defines
#     std::unique_ptr<INTERFACE> make_<singular>_<name>();
# in the namespace of its library, and the generated file defines
#     std::vector<std::unique_ptr<INTERFACE>> make_<folder>();
# Adding a plugin is adding a file. (Self-registering statics would be dropped by the linker from a static library.)
function(scalesim_plugin_table target folder singular interface header)
  file(GLOB plugins CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/${folder}
       ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  list(SORT plugins)
  string(REPLACE "scalesim_" "" namespace ${target})
  set(declarations "")
  set(calls "")
  foreach(file IN LISTS plugins)
    get_filename_component(name ${file} NAME_WE)
    string(APPEND declarations "std::unique_ptr<${interface}> make_${singular}_${name}();\n")
    string(APPEND calls "  table.push_back(make_${singular}_${name}());\n")
    target_sources(${target} PRIVATE ${folder}/${file})
  endforeach()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${folder}_table.cpp)
  file(CONFIGURE OUTPUT ${output} CONTENT "// Generated from the files of ${folder}/.
#include <memory>
#include <vector>

#include \"${header}\"

namespace scalesim::${namespace} {
${declarations}
std::vector<std::unique_ptr<${interface}>> make_${folder}() {
  std::vector<std::unique_ptr<${interface}>> table;
${calls}  return table;
}
}  // namespace scalesim::${namespace}
" @ONLY)
  target_sources(${target} PRIVATE ${output})
endfunction()
