pub(super) async fn run(
    _: &std::path::Path,
    _: folkmoot_protocol::time::Span,
    _: &crate::cmd::Ctx,
) -> Result<(), crate::cmd::CliError> {
    Ok(())
}
