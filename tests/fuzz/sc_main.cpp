// libsystemc exports a main of its own that calls sc_main; libFuzzer's wins, the library needs the
// symbol.
extern "C" int sc_main(int, char*[]) { return 0; }
