// Command faults dies in the way that the header x-fault names, and lets through
// what has none.
package main

import (
	"errors"
	"os"
	"runtime"
	"sync"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	_ "gatehouse/sdkshim"
	_ "gatehouse/sdkshim/callback/requestheaders"
)

type (
	vmContext     struct{ types.DefaultVMContext }
	pluginContext struct{ types.DefaultPluginContext }
	httpContext   struct{ types.DefaultHttpContext }
)

func (*vmContext) NewPluginContext(uint32) types.PluginContext { return &pluginContext{} }
func (*pluginContext) NewHttpContext(uint32) types.HttpContext { return &httpContext{} }

// The variables that the faults need are the package's, so that the compiler
// cannot know what they hold.
var (
	nowhere *httpContext
	table   = map[int]int{}
	few     = []int{1, 2, 3}
	four    = 4
	zero    int
	held    [][]byte
	mutex   sync.Mutex
	channel     = make(chan int)
	text    any = "text"
	value   int
)

//go:noinline
func deeper(n int) int {
	var frame [64]int
	frame[n%64] = n
	return deeper(n+1) + frame[(n+1)%64]
}

var faults = map[string]func(){
	"panic with a string":      func() { panic("secret") },
	"panic with an error":      func() { panic(errors.New("secret")) },
	"panic with several lines": func() { panic("one\nsecret") },
	"nil dereference":          func() { value = nowhere.field() },
	"index out of range":       func() { value = few[four] },
	"division by zero":         func() { value = four / zero },
	"failed type assertion":    func() { value = text.(int) },
	"write to a nil map":       func() { table = nil; table[1] = 1 },
	"goexit":                   func() { runtime.Goexit() },
	"goexit with a goroutine":  func() { go func() { value++ }(); runtime.Goexit() },
	"deadlock in select":       func() { select {} },
	"deadlock on a channel":    func() { value = <-channel },
	"deadlock on a mutex":      func() { mutex.Lock(); mutex.Lock() },
	"unlock of no lock":        func() { mutex = sync.Mutex{}; mutex.Unlock() },
	"stack overflow":           func() { value = deeper(0) },
	"out of memory": func() {
		for {
			held = append(held, make([]byte, 16<<20))
		}
	},
	"one allocation too large": func() { held = append(held, make([]byte, 3<<30)) },
	"panic in a goroutine": func() {
		go func() { panic("secret") }()
		value = <-channel
	},
	"panic in a deferred call": func() {
		defer func() { panic("secret") }()
		panic("other")
	},
	"exit": func() { os.Exit(3) },
}

func (h *httpContext) field() int { return h.n() }

//go:noinline
func (h *httpContext) n() int { _ = *h; return len(few) }

func (*httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	name, err := proxywasm.GetHttpRequestHeader("x-fault")
	if err != nil {
		return types.ActionContinue
	}
	fault, ok := faults[name]
	if !ok {
		proxywasm.LogCriticalf("no fault %q", name)
		return types.ActionPause
	}
	fault()
	return types.ActionContinue
}

func init() { proxywasm.SetVMContext(&vmContext{}) }

func main() {}
