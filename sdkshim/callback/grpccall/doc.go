// Package grpccall exports the callbacks of gRPC callouts: importing it has the
// proxy call the GRPCEvents given to sdkshim.GRPCCall and sdkshim.GRPCOpen. A
// plugin that calls without this import never hears of an answer.
package grpccall
