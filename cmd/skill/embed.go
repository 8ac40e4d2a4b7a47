//go:build !distroless

package main

// Data that the program embeds, so that it does not depend on the machine. The tag distroless leaves it out, because the
// base of the container image contains both and keeps them current.
import (
	_ "time/tzdata" // a blog's time zone must not depend on the machine

	_ "golang.org/x/crypto/x509roots/fallback" // Mozilla's roots, where a system has none
)
