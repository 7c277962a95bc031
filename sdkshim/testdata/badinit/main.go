// Command badinit panics before it is a plugin.
package main

import _ "gatehouse/sdkshim"

func init() { panic("secret") }

func main() {}
