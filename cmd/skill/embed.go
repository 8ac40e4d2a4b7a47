//go:build !distroless

package main

// What the program brings along so that it needs nothing of the machine. The base of the container image has both, and
// keeps them current: built for it, with the tag distroless, the program leaves out what would lie there twice.
import (
	_ "time/tzdata" // a blog's time zone must not depend on the machine

	_ "golang.org/x/crypto/x509roots/fallback" // Mozilla's roots, where a system has none
)
