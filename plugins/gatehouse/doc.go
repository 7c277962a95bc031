// Package gatehouse makes a pipeline of plugins from one configuration: attached once, the
// module of all plugins runs any of them in order on one stream.
package gatehouse
