// Command bench measures what all five plugins cost an Envoy: as five modules in five
// virtual machines, and as one module attached five times in one. The README says how to
// read the tables.
package main
