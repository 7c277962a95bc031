// Package tcp exports the callbacks of network filters: importing it has the
// proxy call the SDK's TcpContext: OnNewConnection, OnDownstreamData,
// OnDownstreamClose, OnUpstreamData and OnUpstreamClose.
package tcp
