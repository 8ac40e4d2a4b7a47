package feedtest

// HostileHosts returns spellings of hosts that are not public, or not valid. A proxy could connect to each of them, or to
// the host that a lenient reader takes it for. Some are not valid in a URL either.
func HostileHosts() []string {
	return []string{
		"①⑥⑨.②⑤④.①⑥⑨.②⑤④", "１６９．２５４．１６９．２５４", "169。254。169。254", "169｡254｡169｡254", "1𝟞9.254.169.254",
		"¹⁶⁹.254.169.254", "⑯⑨.254.169.254", "%E2%91%A0%E2%91%A5%E2%91%A8.254.169.254", "169.254.169.254.",
		"169.254.169.254。", "169.254\u00ad.169.254", "0xA9FEA9FE", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376",
		"0251.254.0xa9.254", "2852039166", "169.254.43518", "169.16689662", "0x00000000a9.254.169.254",
		"００２５１.254.169.254", "0Xａ9fea9fe", "425.510.425.510", "4294967296", "1.2.3.4.5", "0x.0x.0x.0x", "08.8.8.8",
		"[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[0:0:0:0:0:ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]",
		"[2002:a9fe:a9fe::]", "[fd00:ec2::254]", "[FE80::1%25eth0]", "[::1%25lo]", "[2606:4700::1%25lo]", "[::]",
		"[2606:4700::1%25\x87]", "[2606:4700::1%l\x87]", "[2606:4700::1%25]",
		"[::127.0.0.1]", "0", "0.0.0.0", "0x0", "127.1", "0177.1", "metadata.google.ｉnternal",
		"metadata.google.internal", "METADATA.GOOGLE.INTERNAL.", "metadata。google。internal",
		"metadata.google.in\u00adternal", "metadata.google.in\u200bternal", "ⓜetadata.ⓖoogle.ⓘnternal",
		"metadata.google.ınternal.local", "𝓁ocalhost", "localhoſt", "LOCALHOST", "localhost.", "lo\u00adcalhost",
		"ｌｏｃａｌｈｏｓｔ", "a.localhost。", "ⓡouter.ⓛan", "router.lan", "wiki.corp", "wiki.intranet", "nas.home",
		"db.private", "host.localdomain", "printer.local", "router.home.arpa", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster.local", "168.63.129.16", "192.0.0.192", "100.100.100.200", "blog.example..",
		"blog..example", ".blog.example", "。blog.example", "blog.example℀.test", "blog.example／x.test",
		"127.0.0.1＃.blog.example", "127.0.0.1＠blog.example", "127.0.0.1：80", "xn--127-0-0-1", "xn--1-.example",
		"xn--orhkj.xn--prhec.xn--orhkj.xn--prhec", "xn--orhkj.example", "a,b.example", "a'b.example", "𝟙.example.①",
		"blog.１", "x.invalid", "x.onion", "x.alt", "x.fritz.box", "FRITZ.BOX.", "x.mshome.net", "x.docker", "x.service.consul",
		"x.localnet", "x.domain", "x.router", "x.workgroup", "x.mail", "x.gateway",
	}
}
