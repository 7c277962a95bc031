package main

import (
	"errors"
	"fmt"

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
	if configuration.Failure != nil {
		problem := fmt.Sprintf("%s: broke in %s: %s", wasm, configuration.Callback, configuration.Failure.Reason)
		if words := configuration.Message(); words != "" {
			problem += ": " + words
		}
		return &exitError{exitTrap, errors.New(problem)}
	}
	// A plugin may find several things wrong, and says each on a line.
	var problems []error
	for _, entry := range configuration.Logs {
		if entry.Level >= harness.LogError && !entry.Host && len(problems) < maxProblems {
			problems = append(problems, fmt.Errorf("%s: %s", file, singleLine(entry.Message)))
		}
	}
	switch words := configuration.Message(); {
	case len(problems) > 0:
	case words != "":
		problems = append(problems, fmt.Errorf("%s: %s", file, singleLine(words)))
	default:
		problems = append(problems, fmt.Errorf("%s: the plugin refused it in %s and does not say why", file, configuration.Callback))
	}
	return &exitError{exitUsage, errors.Join(problems...)}
}

// maxProblems is how many things that are wrong with one configuration are told.
const maxProblems = 20

// fileOf is the file among files that belongs to the plugin of that name.
func (f *chainFlags) fileOf(plugin string, files []string) string {
	for i, name := range f.names() {
		if name == plugin {
			return nth(files, i)
		}
	}
	return nth(files, 0)
}
