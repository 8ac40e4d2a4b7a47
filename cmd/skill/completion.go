package main

import (
	"strings"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/phrases"
)

// addShellCommands adds "help" and "completion". cobra's own accept any arguments.
func addShellCommands(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				at, rest, _ := root.Find(args)
				if len(rest) > 0 {
					return unknownCommand(at, rest[0])
				}
				return nil
			}
		case "completion":
			cmd.Args, cmd.RunE = positionalArgs(0, ""), requireSubcommand
			for _, shell := range cmd.Commands() {
				shell.Args = positionalArgs(0, "")
				shell.Hidden = shell.Name() == "powershell" // there is not a release for Windows
			}
		}
	}
	proposeNoFiles(root)
}

// proposeNoFiles stops shells from completing names of files where an argument is not a file.
func proposeNoFiles(cmd *cobra.Command) {
	if cmd.ValidArgsFunction == nil && !strings.Contains(cmd.Use, "FILE") {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, sub := range cmd.Commands() {
		proposeNoFiles(sub)
	}
}

// proposeValues makes shells complete the values of a flag.
func proposeValues(cmd *cobra.Command, flag string, values func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the command does not have this flag
	}
}

// names returns the names of the skills, or nil if the configuration is faulty: shells complete values without a message.
func (f *skillFlags) names(env environment) (names []string) {
	c, err := assembly.LoadConfig(f.config, env.getenv)
	if err != nil {
		return nil
	}
	for _, skill := range c.Skills {
		names = append(names, skill.Name)
	}
	return names
}

// supportedLocales returns the values of --locale.
func supportedLocales() []string {
	book, err := phrases.Load()
	if err != nil {
		return nil
	}
	return book.Locales()
}
