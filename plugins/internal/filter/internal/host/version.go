package host

// version is the version of Gatehouse in the events, set by the linker.
var version string
