// Command coraza is Coraza with the OWASP Core Rule Set as a plugin, under the same
// shim and with the same callbacks as ours: what the waf plugin is measured
// beside. The plugin configuration is SecLang. It is built with the tag
// no_fs_access, because plugins have no files.
package main

func main() {}
