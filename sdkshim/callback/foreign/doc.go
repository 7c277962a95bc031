// Package foreign exports proxy_on_foreign_function: importing it has the proxy
// call what was given to sdkshim.OnForeignFunction.
package foreign
