/// The style of index.html, for light and dark screens. On a narrow screen each row is a card.
enum IndexStyle {
  static let text = """
    :root { color-scheme: light dark; --line: #ccd1d9; --soft: #f3f5f8; --dim: #57606a;
      --link: #0550ae; --good: #1a7f37; --bad: #c62828; }
    @media (prefers-color-scheme: dark) { :root { --line: #3a414b; --soft: #1c2128; --dim: #9aa4af;
      --link: #7ab7ff; --good: #57c76c; --bad: #ff8f87; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 80rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
    h1 { margin: 0; font-size: 1.5rem; }
    header p { margin: .5rem 0; color: var(--dim); }
    input[type=search] { width: min(24rem, 100%); padding: .4rem .6rem; font: inherit; }
    a { color: var(--link); }
    table { width: 100%; border-collapse: collapse; }
    th, td { padding: .5rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
      vertical-align: top; }
    th button { border: 0; padding: 0; background: none; color: inherit; font: inherit;
      font-weight: 600; cursor: pointer; }
    th[aria-sort=ascending] button::after { content: " ▲"; }
    th[aria-sort=descending] button::after { content: " ▼"; }
    tr.latest td { background: var(--soft); }
    time, summary, label, td:nth-child(2), .passed, .failed { white-space: nowrap; }
    .badge { padding: 0 .4rem; border: 1px solid var(--good); border-radius: 1rem;
      color: var(--good); font-size: .75rem; font-weight: 600; }
    .passed { color: var(--good); } .failed { color: var(--bad); }
    .none, small, summary { color: var(--dim); }
    summary { cursor: pointer; }
    ul { padding-left: 1.2rem; }
    code { font-size: .8rem; overflow-wrap: anywhere; }
    [hidden] { display: none !important; }
    @media (max-width: 48rem) {
      thead { display: none; }
      table, tbody, tr, td { display: block; }
      tr { margin-bottom: 1rem; border: 1px solid var(--line); border-radius: .5rem; }
      td { display: grid; grid-template-columns: 6rem 1fr; border: 0; }
      td::before { content: attr(data-label); color: var(--dim); }
    }
    """
}
