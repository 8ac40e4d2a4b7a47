//go:build !man

// Command skill is a self-hosted service behind an Alexa skill: it tells the last post of a blog, or the one of any
// date. This package is the commands and the wiring, the only place that knows every other.
package main

import "os"

func main() {
	os.Exit(runUntilSignal(environment{
		name: nameFromPath(os.Args[0]), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.LookupEnv,
	}))
}
