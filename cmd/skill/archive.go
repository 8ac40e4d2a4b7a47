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
		Short: "List, search, export, import and forget stored posts",
		Long: `Work with the stored posts of a skill, including posts that the feed no longer shows. Each command works with and
without a running service. A running service uses the changes within a second.

Run the commands as the user of the service. If another user creates the archive, the service cannot write to it.`,
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

func (f *skillFlags) addTo(cmd *cobra.Command, env environment) {
	addConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.skill, "skill", "", "`NAME` of the skill; required if the configuration has several")
	proposeValues(cmd, "skill", func() []string { return f.names(env) })
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

// withArchive opens the archive for reading and passes it to the function use.
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
	cmd.Flags().IntVar(limit, "limit", 20, "print at most this `NUMBER` of "+what+"; 0 prints all")
}

// validateLimit refuses a negative limit.
func validateLimit(limit int) error {
	if limit < 0 {
		return usageErrorf("--limit must be 0 or more, not %d", limit)
	}
	return nil
}

// printPost prints a post as one line with tabs: local publication time, id and title. Neither id nor title contains
// tabs. It marks an estimated date.
func printPost(out io.Writer, skill config.Skill, p feed.Post) error {
	layout := "2006-01-02 15:04"
	switch p.DateKind {
	case feed.DateEstimated:
		layout = "2006-01-02 about"
	case feed.DateUnknown:
		layout = "no date"
	}
	when := p.Published.In(skill.Location()).Format(layout)
	_, err := fmt.Fprintf(out, "%s\t%s\t%s\n", when, p.ID, cmp.Or(p.Title, "(untitled)"))
	return err
}

// lineFormatHelp describes the output of list and search.
const lineFormatHelp = `Each line is a post: date and time in the blog's time zone, id, and title, separated by tabs.
An estimated date has "about" instead of a time.`

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
	f.addTo(cmd, env)
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
		Short: "Find the posts that contain all of the words",
		Long: `Find the posts that contain all of the words in title, categories or text. Case and accents do not matter. Posts with
all of the words in the title come first. Within each group the newest post is first. The exit status is 1 if no post
matches.
` + lineFormatHelp,
		Example: `  skill archive search christmas lights
  skill archive search --limit 0 cafe | cut -f 2`,
		Args: func(_ *cobra.Command, args []string) error {
			if strings.TrimSpace(strings.Join(args, " ")) == "" {
				return usageErrorf("WORDS are missing")
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
	f.addTo(cmd, env)
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
		Long: `Print all posts as JSON lines, newest first. Each line is an object. The key id is always present. The key published
(RFC 3339, UTC) is present unless the date is unknown. If published is not the feed's date, the key dating is "first
seen", "estimated" or "unknown". The keys title, link, content (HTML), authors, categories, image, audio (url, type) and
language are present if they have a value. "skill archive import" reads this format and creates an equal archive.`,
		Example: `  skill archive export > posts.jsonl
  skill archive export | jq -r 'select(.audio) | .audio.url'`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.withArchive(cmd.Context(), env, func(_ config.Skill, posts *archive.Archive) error {
				return transfer.Export(cmd.Context(), env.stdout, posts)
			})
		},
	}
	f.addTo(cmd, env)
	return cmd
}

func newArchiveImport(env environment) *cobra.Command {
	var f skillFlags
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Import posts from JSON lines or a feed file",
		Long: `Import posts from a file: JSON lines, as "skill archive export" prints them, or a feed (RSS, Atom, RDF, JSON Feed) of at
most 10 MiB. The archive is created if it does not exist. A post in the file replaces the stored post with the same id,
or with the same link and the same title or date. Stored posts that are not in the file stay. A forgotten post that is in
the file is stored again.

JSON lines have one object on each line, newest post first. The keys id and published (RFC 3339) are required. The keys
dating, title (plain text), link, content (HTML), authors, categories, image, audio (url, type) and language are
optional. With dating "unknown", published must be missing. The whole file is checked first: if a line is wrong, nothing is
imported. In a feed, a post without a date gets a date between the posts around it, which the skill does not tell.`,
		Example: `  skill archive import posts.jsonl
  skill archive import --skill halfelf feed-2019.xml
  echo '{"id":"1","title":"Hello","published":"2019-04-01T12:00:00Z"}' > one.jsonl && skill archive import one.jsonl`,
		Args: positionalArgs(1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, skill, err := f.loadSkill(env)
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(env.stderr, nil))
			file := assembly.ArchiveFile(c.DataDir, skill)
			progress := progressLines{out: env.stderr, now: time.Now, last: time.Now()}
			i := &transfer.Importer{Feed: string(skill.Feed), Archive: file, Zone: skill.Location(), Now: time.Now(), Log: log,
				Progress: func(imported, all int) { progress.print("imported %d of %d posts", imported, all) }}
			if err := i.Run(cmd.Context(), args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.stdout, i)
			return err
		},
	}
	f.addTo(cmd, env)
	return cmd
}

func newArchiveForget(env environment) *cobra.Command {
	var f skillFlags
	cmd := &cobra.Command{
		Use:   "forget ID",
		Short: "Remove a post permanently",
		Long: `Remove a post and print it in the format of "skill archive list". The post does not come back if the feed shows it
again, even under another id with the same link. "skill archive import" of a file that contains the post stores it again.`,
		Example: `  skill archive forget 'https://blog.example/?p=112'`,
		Args:    positionalArgs(1, "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, skill, err := f.loadSkill(env)
			if err != nil {
				return err
			}
			return forgetPost(cmd, env, skill, assembly.ArchiveFile(c.DataDir, skill), args[0])
		},
	}
	f.addTo(cmd, env)
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
		return fmt.Errorf("post %q does not exist; %q shows the ids", id, cmd.Root().Name()+" archive list")
	}
	return printPost(env.stdout, skill, p)
}
