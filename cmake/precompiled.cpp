// A library has to have a source; this one stands for libraries that only hold a precompiled header.
