package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/archive"
	"lastpost/internal/archive/transfer"
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
