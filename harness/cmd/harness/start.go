package main

import (
	"errors"
	"fmt"
	"strings"

	"gatehouse/harness"
)

// located puts the file that is to blame in front of an error of harness.Start,
// which knows plugins only by name: the module for what is no plugin, the
// configuration for what a plugin refuses.
func (f *chainFlags) located(err error) error {
	var module *harness.ModuleError
	if errors.As(err, &module) {
		file := f.fileOf(module.Plugin, f.plugins)
		return &exitError{exitCode(err), fmt.Errorf("%s: %s", file, module.Reason)}
	}
	var configuration *harness.ConfigurationError
	if !errors.As(err, &configuration) {
		return err
	}
	wasm := f.fileOf(configuration.Plugin, f.plugins)
	file := f.fileOf(configuration.Plugin, f.configs)
	if file == "" {
		file = wasm
	}
	words := configuration.Messages()
	if configuration.Failure != nil {
		problem := fmt.Sprintf("%s: broke in %s: %s", wasm, configuration.Callback, configuration.Failure.Reason)
		return &exitError{exitTrap, errors.New(strings.Join(append([]string{problem}, words...), ": "))}
	}
	if len(words) == 0 {
		words = []string{"the plugin refused it in " + configuration.Callback + " and does not say why"}
	}
	// A plugin may find several things wrong, and says each on a line.
	problems := make([]error, len(words))
	for i, line := range words {
		problems[i] = fmt.Errorf("%s: %s", file, singleLine(line))
	}
	return &exitError{exitUsage, errors.Join(problems...)}
}

// fileOf is the file among files that belongs to the plugin of that name.
func (f *chainFlags) fileOf(plugin string, files []string) string {
	for i, name := range f.names() {
		if name == plugin {
			return nth(files, i)
		}
	}
	return nth(files, 0)
}
