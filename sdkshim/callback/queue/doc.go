// Package queue exports proxy_on_queue_ready: importing it has the proxy call the
// SDK's PluginContext.OnQueueReady.
package queue
