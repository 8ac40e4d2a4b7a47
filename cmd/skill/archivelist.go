package main

import (
	"bufio"
	"context"
	"errors"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"lastpost/internal/archive"
	"lastpost/internal/config"
)

// printed is what list and search print.
const printed = `A line is a post: the date and the time by the blog's time zone, the id and the title, with a tab between each two.`

func newArchiveList(w world) *cobra.Command {
	var f archiveFlags
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the posts, newest first",
		Long:  "List the posts, newest first.\n" + printed,
		Example: `  skill archive list
  skill archive list --limit 0 | grep ^2025-12
  skill archive list --limit 1 | cut -f 2`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkLimit(cmd, limit); err != nil {
				return err
			}
			return f.view(w, cmd, func(ctx context.Context, skill config.Skill, posts *archive.Archive) error {
				return list(ctx, w, skill, posts, limit)
			})
		},
	}
	f.add(cmd)
	limitFlag(cmd, &limit)
	return cmd
}

func list(ctx context.Context, w world, skill config.Skill, posts *archive.Archive, limit int) error {
	out := bufio.NewWriter(w.stdout)
	count := 0
	for e, err := range posts.Entries(ctx) {
		if err == nil {
			err = printPost(out, skill, e.Post)
		}
		if err != nil {
			return errors.Join(out.Flush(), err)
		}
		if count++; count == limit {
			break
		}
	}
	return out.Flush()
}

func newArchiveSearch(w world) *cobra.Command {
	var f archiveFlags
	var limit int
	cmd := &cobra.Command{
		Use:   "search WORDS...",
		Short: "Find the posts with all of the words",
		Long: `Find the posts with all of the words in title, categories or text, whatever their case and their accents: first those
with all of them in the title, then the others, and of each the newest first. Ends with 1 where there is none.
` + printed,
		Example: `  skill archive search christmas lights
  skill archive search --limit 0 cafe | cut -f 2`,
		Args: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(strings.Join(args, " ")) == "" {
				return usageError{errors.New("which words?"), cmd.CommandPath()}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkLimit(cmd, limit); err != nil {
				return err
			}
			return f.view(w, cmd, func(ctx context.Context, skill config.Skill, posts *archive.Archive) error {
				return search(ctx, w, skill, posts, strings.Join(args, " "), limit)
			})
		},
	}
	f.add(cmd)
	limitFlag(cmd, &limit)
	return cmd
}

// errNotFound is a search that was good, and in vain.
var errNotFound = errors.New("no post has all of these words")

func search(ctx context.Context, w world, skill config.Skill, posts *archive.Archive, words string, limit int) error {
	if limit == 0 {
		limit = math.MaxInt32
	}
	found, err := posts.Search(ctx, words, limit)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errNotFound
	}
	out := bufio.NewWriter(w.stdout)
	for _, p := range found {
		if err := printPost(out, skill, p); err != nil {
			return err
		}
	}
	return out.Flush()
}
