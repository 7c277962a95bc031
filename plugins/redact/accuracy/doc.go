// Package accuracy measures how much of what is personal or secret the detectors of
// package detect find, and how much they find that is neither, beside Microsoft
// Presidio on the same texts. It has tests only: README.md has the figures and says
// where the texts come from.
package accuracy
