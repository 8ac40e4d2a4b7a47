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

func newArchive(env environment) *cobra.Command {
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
		Args: positionalArgs(0, ""),
		RunE: requireSubcommand,
	}
	cmd.AddCommand(newArchiveList(env), newArchiveSearch(env), newArchiveExport(env), newArchiveImport(env), newArchiveForget(env))
	return cmd
}

// skillFlags select the configuration and one of its skills.
type skillFlags struct{ config, skill string }

func (f *skillFlags) addTo(cmd *cobra.Command) {
	addConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.skill, "skill", "", "`NAME` of the skill, where the configuration has several")
}

// loadSkill returns the configuration and the selected skill. --skill is optional if there is only one.
func (f *skillFlags) loadSkill(env environment) (*config.Config, config.Skill, error) {
	c, err := assembly.LoadConfig(f.config, env.getenv)
	if err != nil {
		return nil, config.Skill{}, err
	}
	if f.skill == "" && len(c.Skills) == 1 {
		return c, c.Skills[0], nil
	}
	var names []string
	for _, skill := range c.Skills {
		if skill.Name == f.skill {
			return c, skill, nil
		}
		names = append(names, skill.Name)
	}
	return nil, config.Skill{}, usageErrorf("--skill must be one of %s", strings.Join(names, ", "))
}

// withArchive calls use with the archive, opened for reading.
func (f *skillFlags) withArchive(ctx context.Context, env environment, use func(config.Skill, *archive.Archive) error) error {
	c, skill, err := f.loadSkill(env)
	if err != nil {
		return err
	}
	posts, err := archive.View(ctx, assembly.ArchiveFile(c.DataDir, skill))
	if err != nil {
		return err
	}
	return errors.Join(use(skill, posts), posts.Close())
}

// addLimitFlag adds --limit.
func addLimitFlag(cmd *cobra.Command, limit *int, what string) {
	cmd.Flags().IntVar(limit, "limit", 20, "`NUMBER` of "+what+" at the most; 0: all")
}

// validateLimit refuses a negative limit.
func validateLimit(limit int) error {
	if limit < 0 {
		return usageErrorf("--limit must not be negative, but is %d", limit)
	}
	return nil
}

// printPost prints a post as one line with tabs: local publication time, id and title. Neither id nor title contains
// tabs.
func printPost(out io.Writer, skill config.Skill, p feed.Post) error {
	when := p.Published.In(skill.Location()).Format("2006-01-02 15:04")
	_, err := fmt.Fprintf(out, "%s\t%s\t%s\n", when, p.ID, cmp.Or(p.Title, "(untitled)"))
	return err
}

// lineFormatHelp describes the output of list and search.
const lineFormatHelp = `A line is a post: the date and the time by the blog's time zone, the id and the title, with a tab between each two.`

func newArchiveList(env environment) *cobra.Command {
	var f skillFlags
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the posts, newest first",
		Long:  "List the posts, newest first.\n" + lineFormatHelp,
		Example: `  skill archive list
  skill archive list --limit 0 | grep ^2025-12
  skill archive list --limit 1 | cut -f 2`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := validateLimit(limit); err != nil {
				return err
			}
			return f.withArchive(cmd.Context(), env, func(skill config.Skill, posts *archive.Archive) error {
				return listPosts(cmd.Context(), env, skill, posts, limit)
			})
		},
	}
	f.addTo(cmd)
	addLimitFlag(cmd, &limit, "posts")
	return cmd
}

func listPosts(ctx context.Context, env environment, skill config.Skill, posts *archive.Archive, limit int) error {
	out := bufio.NewWriter(env.stdout)
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

func newArchiveSearch(env environment) *cobra.Command {
	var f skillFlags
	var limit int
	cmd := &cobra.Command{
		Use:   "search WORDS...",
		Short: "Find the posts with all of the words",
		Long: `Find the posts with all of the words in title, categories or text, whatever their case and their accents: first those
with all of them in the title, then the others, and of each the newest first. Ends with 1 where there is none.
` + lineFormatHelp,
		Example: `  skill archive search christmas lights
  skill archive search --limit 0 cafe | cut -f 2`,
		Args: func(_ *cobra.Command, args []string) error {
			if strings.TrimSpace(strings.Join(args, " ")) == "" {
				return usageErrorf("which words?")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := validateLimit(limit); err != nil {
				return err
			}
			return f.withArchive(cmd.Context(), env, func(skill config.Skill, posts *archive.Archive) error {
				return searchPosts(cmd.Context(), env, skill, posts, strings.Join(args, " "), limit)
			})
		},
	}
	f.addTo(cmd)
	addLimitFlag(cmd, &limit, "posts")
	return cmd
}

// errNoMatch is the error of a search without a result.
var errNoMatch = errors.New("no post contains all of these words")

func searchPosts(ctx context.Context, env environment, skill config.Skill, posts *archive.Archive, words string, limit int) error {
	if limit == 0 {
		limit = math.MaxInt32
	}
	found, err := posts.Search(ctx, words, limit)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errNoMatch
	}
	out := bufio.NewWriter(env.stdout)
	for _, p := range found {
		if err := printPost(out, skill, p); err != nil {
			return err
		}
	}
	return out.Flush()
}

func newArchiveExport(env environment) *cobra.Command {
	var f skillFlags
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print all posts as JSON lines, newest first",
		Long: `Print all posts as JSON lines, the newest first: an object on each line, of which every post has the keys id and
published (RFC 3339, UTC), and where there is something to say title, link, content (HTML), categories, image, audio
(url, type) and language. "skill archive import" takes this, and makes the same archive of it again.`,
		Example: `  skill archive export > posts.jsonl
  skill archive export | jq -r 'select(.audio) | .audio.url'`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.withArchive(cmd.Context(), env, func(_ config.Skill, posts *archive.Archive) error {
				return transfer.Export(cmd.Context(), env.stdout, posts)
			})
		},
	}
	f.addTo(cmd)
	return cmd
}

func newArchiveImport(env environment) *cobra.Command {
	var f skillFlags
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
		Args: positionalArgs(1, "the FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, skill, err := f.loadSkill(env)
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(env.stderr, nil))
			file := assembly.ArchiveFile(c.DataDir, skill)
			i := &transfer.Importer{Feed: string(skill.Feed), Archive: file, Now: time.Now(), Log: log}
			if err := i.Run(cmd.Context(), args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.stdout, i)
			return err
		},
	}
	f.addTo(cmd)
	return cmd
}

func newArchiveForget(env environment) *cobra.Command {
	var f skillFlags
	cmd := &cobra.Command{
		Use:   "forget ID",
		Short: "Remove a post for good",
		Long: `Remove a post, and print what was removed as "skill archive list" does. It stays away when the feed shows it again, also
under another id at the same link. "skill archive import" of a file that has it brings it back.`,
		Example: `  skill archive forget 'https://blog.example/?p=112'`,
		Args:    positionalArgs(1, "the post's ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, skill, err := f.loadSkill(env)
			if err != nil {
				return err
			}
			return forgetPost(cmd, env, skill, assembly.ArchiveFile(c.DataDir, skill), args[0])
		},
	}
	f.addTo(cmd)
	return cmd
}

func forgetPost(cmd *cobra.Command, env environment, skill config.Skill, file, id string) (err error) {
	posts, err := archive.OpenExisting(cmd.Context(), file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, posts.Close()) }()
	posts.LogBackup(slog.New(slog.NewTextHandler(env.stderr, nil)))
	p, ok, err := posts.Forget(cmd.Context(), id)
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("no post has the id %q; %q shows the ids", id, cmd.Root().Name()+" archive list")
	}
	return printPost(env.stdout, skill, p)
}
