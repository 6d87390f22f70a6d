# cmake --install: the binary, the library and its headers.
include(GNUInstallDirs)
install(TARGETS scalesim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
