package main

import (
	"bufio"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"lastpost/internal/archive"
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
				return export(ctx, w, posts)
			})
		},
	}
	f.add(cmd)
	return cmd
}

func export(ctx context.Context, w world, posts *archive.Archive) error {
	out := bufio.NewWriterSize(w.stdout, 64<<10)
	for e, err := range posts.Entries(ctx) {
		if err == nil {
			err = writeLine(out, e)
		}
		if err != nil {
			return errors.Join(out.Flush(), err)
		}
	}
	return out.Flush()
}
