// Package docs holds the manual, so that the program can show it without the network.
package docs

import "embed"

// Pages are the Markdown files of this folder.
//
//go:embed *.md
var Pages embed.FS
