package main

import (
	"context"

	"github.com/spf13/cobra"

	"lastpost/internal/archive"
	"lastpost/internal/archive/transfer"
	"lastpost/internal/config"
)

func newArchiveExport(w world) *cobra.Command {
	var f archiveFlags
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print all posts as JSON lines, newest first",
		Long: `Print all posts as JSON lines, the newest first: an object on each line, of which every post has the keys id and
published (RFC 3339, UTC), and where there is something to say title, link, content (HTML), categories, image, audio
(url, type) and language. "skill archive import" takes this, and makes the same archive of it again.`,
		Example: `  skill archive export > posts.jsonl
  skill archive export | jq -r 'select(.audio) | .audio.url'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.view(w, cmd, func(ctx context.Context, _ config.Skill, posts *archive.Archive) error {
				return transfer.Export(ctx, w.stdout, posts)
			})
		},
	}
	f.add(cmd)
	return cmd
}
