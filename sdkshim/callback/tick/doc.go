// Package tick exports proxy_on_tick: importing it has the proxy call the SDK's
// PluginContext.OnTick in the period that proxywasm.SetTickPeriodMilliSeconds
// set.
package tick
