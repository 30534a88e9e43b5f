pub(super) async fn run(_: &std::path::Path, _: usize, _: &crate::cmd::Ctx) -> Result<(), crate::cmd::CliError> {
    Ok(())
}
