package sdkshim

import "runtime/debug"

// Go's collector lets at least 4 MB of garbage come together before it runs. A
// module's memory never shrinks, so that a plugin that keeps next to nothing
// would hold these 4 MB for good in every worker. In a small module the collector
// is therefore told to run at a quarter of that: walking a heap so small takes
// less than the proxy spends on a dozen requests, once in thousands.
const (
	usualPercent = 100
	smallPercent = 25
	smallModule  = 8 << 20
	pageSize     = 64 << 10
)

// memoryPages returns the size of the module's memory in pages.
func memoryPages() int32

// tuneCollector chooses when the collector runs by what the module takes after it
// has been configured. A plugin that has set another percentage keeps it.
func tuneCollector() {
	want := usualPercent
	if int(memoryPages())*pageSize < smallModule {
		want = smallPercent
	}
	if before := debug.SetGCPercent(want); before != usualPercent && before != smallPercent {
		debug.SetGCPercent(before)
	}
}
