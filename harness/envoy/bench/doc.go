// Package bench sets up Envoys whose filters are to be compared: the same
// listener with other filters, each in a process of its own, all at the same
// time. What is sent to them, how often, and what is made of the figures is the
// caller's; package load has the means. It knows no plugin but the floor.
package bench
