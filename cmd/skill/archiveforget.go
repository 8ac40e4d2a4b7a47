package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"lastpost/internal/archive"
	"lastpost/internal/config"
)

func newArchiveForget(w world) *cobra.Command {
	var f archiveFlags
	cmd := &cobra.Command{
		Use:   "forget ID",
		Short: "Remove a post for good",
		Long: `Remove a post, and print what was removed as "skill archive list" does. It stays away when the feed shows it again, also
under another id at the same link. "skill archive import" of a file that has it brings it back.`,
		Example: `  skill archive forget 'https://blog.example/?p=112'`,
		Args:    argument("the post's ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			skill, file, err := f.find(w, cmd)
			if err != nil {
				return err
			}
			return forget(cmd.Context(), w, cmd, skill, file, args[0])
		},
	}
	f.add(cmd)
	return cmd
}

func forget(ctx context.Context, w world, cmd *cobra.Command, skill config.Skill, file, id string) (err error) {
	posts, err := archive.OpenExisting(ctx, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, posts.Close()) }()
	posts.LogCopy(slog.New(slog.NewTextHandler(w.stderr, nil)))
	p, ok, err := posts.Forget(ctx, id)
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("no post has the id %q; %q shows the ids", id, cmd.Root().Name()+" archive list")
	}
	return printPost(w.stdout, skill, p)
}
