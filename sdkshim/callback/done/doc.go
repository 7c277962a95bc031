// Package done exports proxy_on_done: importing it has the proxy call the SDK's
// PluginContext.OnPluginDone before it drops a plugin. Without it a plugin is
// dropped at once. The proxy also calls it at the end of every stream, where the
// SDK does nothing.
package done
