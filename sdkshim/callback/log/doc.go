// Package log exports proxy_on_log: importing it has the proxy call the SDK's
// HttpContext.OnHttpStreamDone or TcpContext.OnStreamDone when a stream is over.
package log
