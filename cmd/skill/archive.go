package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed"
)

func newArchive(w world) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "archive",
		Short: "List, search, export, import and forget the posts that are kept",
		Long: `The posts that the service keeps, also those that the feed no longer shows. All of these commands work beside the
running service, which answers from what they change a second later, and without it. Run them as the user that the
service runs as: an archive that another user makes is one that the service cannot write to.`,
		Example: `  skill archive list
  skill archive search christmas lights
  skill archive export > posts.jsonl
  skill archive import posts.jsonl
  skill archive forget 'https://blog.example/?p=112'`,
		Args: noArguments,
		RunE: whichCommand,
	}
	cmd.AddCommand(newArchiveList(w), newArchiveSearch(w), newArchiveExport(w), newArchiveImport(w), newArchiveForget(w))
	return cmd
}

// archiveFlags say whose archive it is.
type archiveFlags struct{ config, skill string }

func (f *archiveFlags) add(cmd *cobra.Command) {
	configFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.skill, "skill", "", "`NAME` of the skill, where the configuration has several")
}

// find gives the skill, and the file that its posts lie in.
func (f *archiveFlags) find(w world, cmd *cobra.Command) (skill config.Skill, file string, err error) {
	c, err := assembly.LoadConfig(f.config, w.getenv)
	if err != nil {
		return config.Skill{}, "", err
	}
	skill, err = chosen(c, f.skill, cmd)
	return skill, assembly.ArchiveFile(c.DataDir, skill), err
}

// view lets use read the archive, of which nothing is changed.
func (f *archiveFlags) view(w world, cmd *cobra.Command, use func(context.Context, config.Skill, *archive.Archive) error) error {
	skill, file, err := f.find(w, cmd)
	if err != nil {
		return err
	}
	posts, err := archive.View(cmd.Context(), file)
	if err != nil {
		return err
	}
	return errors.Join(use(cmd.Context(), skill, posts), posts.Close())
}

// limitFlag is how many posts are shown.
func limitFlag(cmd *cobra.Command, limit *int) {
	cmd.Flags().IntVar(limit, "limit", 20, "`NUMBER` of posts at the most; 0: all")
}

// checkLimit refuses a number that is none.
func checkLimit(cmd *cobra.Command, limit int) error {
	if limit < 0 {
		return usageError{fmt.Errorf("--limit must not be negative, but is %d", limit), cmd.CommandPath()}
	}
	return nil
}

// argument is for commands that take one, which is called what.
func argument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 || args[0] == "":
			return usageError{fmt.Errorf("%s is missing", what), cmd.CommandPath()}
		case len(args) > 1:
			return usageError{fmt.Errorf("unexpected argument %q", args[1]), cmd.CommandPath()}
		}
		return nil
	}
}

// printPost prints a post on a line: when it was published by the blog's clock, its id and its title, with tabs between
// them, which neither has in it.
func printPost(out io.Writer, skill config.Skill, p feed.Post) error {
	when := p.Published.In(skill.Location()).Format("2006-01-02 15:04")
	_, err := fmt.Fprintf(out, "%s\t%s\t%s\n", when, p.ID, cmp.Or(p.Title, "(untitled)"))
	return err
}
