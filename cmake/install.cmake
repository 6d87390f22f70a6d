# cmake --install: the binary, the library and its headers.
include(GNUInstallDirs)
install(TARGETS scalesim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
get_property(parts GLOBAL PROPERTY SCALESIM_PARTS)
if(parts)
  install(TARGETS ${parts} LIBRARY DESTINATION lib/scalesim)
endif()

# Man pages and shell completion come from the binary's own option tables, so they are made by running it once.
if(NOT CMAKE_CROSSCOMPILING AND NOT SCALESIM_SANITIZE)
  set(share ${PROJECT_BINARY_DIR}/share)
  add_custom_command(
    OUTPUT ${share}/man/man1/scalesim.1
    COMMAND scalesim man --into ${share}/man/man1
    COMMAND ${CMAKE_COMMAND} -E make_directory ${share}/completion
    COMMAND scalesim completion bash > ${share}/completion/scalesim
    COMMAND scalesim completion zsh > ${share}/completion/_scalesim
    COMMAND scalesim completion fish > ${share}/completion/scalesim.fish
    DEPENDS scalesim
    COMMENT "Writing man pages and shell completion")
  add_custom_target(scalesim_manual ALL DEPENDS ${share}/man/man1/scalesim.1)
  install(DIRECTORY ${share}/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(FILES ${share}/completion/scalesim DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${share}/completion/_scalesim DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${share}/completion/scalesim.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
