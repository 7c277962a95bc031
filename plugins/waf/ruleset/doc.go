// Package ruleset holds a rule set as the engine reads it: SecLang after every
// name is resolved, every expression compiled and every default applied. It
// compiles the syntax tree of package seclang, changes rules that are already
// compiled as SecRuleUpdate… and SecRuleRemove… say, and writes a set to bytes
// and reads it back, so that the Core Rule Set is compiled when the repository
// is built and only read when a plugin starts.
//
// It decides nothing about a request: that is package engine.
package ruleset
