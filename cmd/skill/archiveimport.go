package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/archive/transfer"
)

func newArchiveImport(w world) *cobra.Command {
	var f archiveFlags
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take in posts from JSON lines or a feed file",
		Long: `Take in posts from a file: JSON lines, as "skill archive export" prints them, or a feed (RSS, Atom, RDF, JSON Feed) of at
most 10 MiB. The archive is made where there is none yet. A post whose id is known is replaced, and so is one at the same
link with the same title or date; posts that the file does not have stay. A post that was forgotten and is in the file
comes back.

JSON lines are an object a line, the newest post first, with the keys id and published (RFC 3339), and where there is
something to say title (plain text), link, content (HTML), categories, image, audio (url, type) and language. The whole
file is examined before anything of it is taken in: where a line is wrong nothing changes. In a feed a post without a
date gets that of the post before it.`,
		Example: `  skill archive import posts.jsonl
  skill archive import --skill halfelf feed-of-2019.xml
  echo '{"id":"1","title":"Hello","published":"2019-04-01T12:00:00Z"}' > one.jsonl && skill archive import one.jsonl`,
		Args: argument("the FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			skill, file, err := f.find(w, cmd)
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(w.stderr, nil))
			i := &transfer.Importer{Feed: string(skill.Feed), Archive: file, Now: time.Now(), Log: log}
			if err := i.Run(cmd.Context(), args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintln(w.stdout, i)
			return err
		},
	}
	f.add(cmd)
	return cmd
}
