//go:build !man

// Command skill is a self-hosted Alexa skill. It reads the posts of a blog: the last post, or the posts of a date. This
// package contains the commands: they parse the command line, call the internal packages and print the results.
package main

import "os"

func main() {
	os.Exit(runUntilSignal(environment{
		name: nameFromPath(os.Args[0]), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.LookupEnv,
	}))
}
