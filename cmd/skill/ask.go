package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/handlers"
	"lastpost/internal/phrases"
	"lastpost/internal/simulator"
	"lastpost/internal/suggest"
)

// askFlags select the request and the blog.
type askFlags struct {
	skillFlags
	feed, locale, date string
	intent, words      string
	slots              map[string]string
	interactive        bool
}

func newAsk(env environment) *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "ask [WORDS…]",
		Short: "Print what Alexa would say",
		Long: `Print what Alexa would say to WORDS. The words are matched with the sample utterances of the skill. Without WORDS and
--intent, the command asks for the last post, or for the post of --date. With --interactive it holds a conversation: each
line of input is one utterance.

Each request is signed and sent over HTTPS to the real server on loopback, which verifies and answers it. With --config,
the posts come from the archive of the service, which may be running. With --feed, or if the archive does not have posts
yet, the command fetches the feed.`,
		Example: `  skill ask --feed https://halfelf.org/feed/ read me the last post
  skill ask --feed https://halfelf.org/feed/ anything posted in March
  skill ask --config skill.yaml --interactive
  skill ask --config skill.yaml --date 2026-W10 --locale en-GB
  skill ask --config skill.yaml --intent LastPostIntent --slot Date=2025-12-25`,
		Args: func(_ *cobra.Command, args []string) error {
			f.words = strings.Join(args, " ")
			return f.validate()
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runAsk(cmd.Context(), env, f) },
	}
	f.addTo(cmd, env)
	flags := cmd.Flags()
	flags.StringVar(&f.feed, "feed", "", "`URL` of a feed or page to use without a configuration")
	flags.StringVar(&f.locale, "locale", "en-US", "`LOCALE` of the requests")
	flags.StringVar(&f.date, "date", "", "`DATE` for the slot Date in AMAZON.DATE format, such as 2026-03-14, 2026-W10 or 2026-03")
	flags.StringVar(&f.intent, "intent", "", "`NAME` of the intent, or launch (default LastPostIntent)")
	flags.StringToStringVar(&f.slots, "slot", nil, "set a slot as `NAME=VALUE`; may be repeated")
	flags.BoolVar(&f.interactive, "interactive", false, "read utterances from standard input")
	proposeValues(cmd, "intent", intentNames)
	proposeValues(cmd, "locale", supportedLocales)
	return cmd
}

// validate refuses flags that cannot be combined, and sets defaults.
func (f *askFlags) validate() error {
	if f.config != "" && f.feed != "" {
		return usageErrorf("--config and --feed cannot be combined")
	}
	if f.words != "" || f.interactive {
		if f.intent != "" || f.date != "" || len(f.slots) > 0 {
			return usageErrorf("--intent, --date and --slot cannot be combined with words or --interactive")
		}
		return nil
	}
	if f.slots == nil {
		f.slots = map[string]string{}
	}
	if f.date != "" {
		f.slots["Date"] = f.date
	}
	f.intent = cmp.Or(f.intent, "LastPostIntent")
	if f.intent == "launch" {
		f.intent = ""
		if len(f.slots) > 0 {
			return usageErrorf("--intent launch cannot be combined with slots")
		}
		return nil
	}
	names := intentNames()
	if slices.Contains(names, f.intent) {
		return nil
	}
	similar := cmp.Or(suggest.Similar(f.intent, names), suggest.Similar(f.intent+"Intent", names))
	if similar != "" {
		return usageErrorf("unknown intent %q%s", f.intent, didYouMean(similar))
	}
	return usageErrorf("unknown intent %q: use one of %s", f.intent, strings.Join(names, ", "))
}

// intentNames returns the values of --intent.
func intentNames() []string {
	names := []string{"launch"}
	for _, intent := range handlers.Intents() {
		names = append(names, intent.Name)
	}
	return names
}

func runAsk(ctx context.Context, env environment, f askFlags) (err error) {
	b, err := f.openBlog(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Archive.Close()) }()
	var feedErr error
	if b.Archive.Len() == 0 {
		if feedErr = b.Refresher.Poll(ctx); feedErr != nil && f.interactive {
			return assembly.WithRemedy(feedErr) // a conversation without posts would hide the reason
		}
	}
	s, err := simulator.StartLocalServer(ctx, b.ServerSkill(), assembly.Version(), time.Now)
	if err != nil {
		return err
	}
	s.Observe = env.onExchange
	d := &simulator.TextSession{SimulatedDevice: b.NewDevice(&s.SigningClient, f.locale), Out: env.stdout}
	switch {
	case f.interactive:
		err = d.Converse(ctx, env.stdin, f.words)
	case f.words != "":
		err = d.SendWords(ctx, f.words)
	default:
		_, err = d.SendRequest(ctx, simulator.SkillRequest{Intent: f.intent, Slots: f.slots})
	}
	if err = errors.Join(err, s.Stop()); err != nil {
		return err
	}
	// Without its feed, the service only speaks an apology. Return the reason to the user.
	return assembly.WithRemedy(feedErr)
}

// openBlog opens the blog of --feed or of the configuration. It uses the archive of the service if that has posts.
func (f *askFlags) openBlog(ctx context.Context, env environment) (*assembly.Blog, error) {
	book, err := phrases.Load()
	if err != nil {
		return nil, err
	}
	if err := assembly.CheckLocale(f.locale, book); err != nil {
		return nil, usageErrorf("--locale: %w", err)
	}
	if f.feed != "" {
		return assembly.NewTransientBlog(ctx, adHocSkill(f.feed), assembly.UserAgent(""), book, time.Now)
	}
	c, skill, err := f.loadSkill(env)
	if err != nil {
		return nil, err
	}
	posts, err := archive.View(ctx, assembly.ArchiveFile(c.DataDir, skill))
	if err == nil && posts.Len() > 0 {
		return assembly.NewBlog(ctx, skill, posts, assembly.UserAgent(""), book, slog.New(slog.DiscardHandler), time.Now), nil
	}
	if err == nil { // it is empty and opened read-only
		err = posts.Close()
	}
	if err != nil && !errors.Is(err, archive.ErrMissing) {
		return nil, err
	}
	return assembly.NewTransientBlog(ctx, skill, assembly.UserAgent(""), book, time.Now)
}

// adHocSkill returns a skill for a feed without a configuration.
func adHocSkill(feed string) config.Skill {
	return config.Skill{
		Name: "blog", Path: "/alexa", ApplicationID: "amzn1.ask.skill.00000000-0000-4000-8000-000000000000",
		InvocationName: "the blog", Feed: config.FeedURL(feed), Timezone: "UTC", Locales: []string{"en-US"},
	}
}
