//! What `template.yaml` makes when no parameter is given, as far as it costs something without events.

use serde::{Deserialize, Serialize};

/// How many of each the template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Queues that Lambda polls.
    pub queues: usize,
    pub alarms: usize,
    /// AWS bills an alarm for each metric that its expression reads.
    pub alarm_metrics: usize,
    pub dashboards: usize,
}

impl Made {
    pub fn by(template: &str) -> Self {
        let of_type = |kind: &str| -> Vec<&str> {
            let of_type = format!("    Type: {kind}\n");
            let made = |block: &&str| block.contains(&of_type) && is_made(template, block);
            blocks(template).into_iter().filter(made).collect()
        };
        let alarms = of_type("AWS::CloudWatch::Alarm");
        Self {
            queues: of_type("AWS::Lambda::EventSourceMapping").len(),
            alarms: alarms.len(),
            alarm_metrics: alarms.iter().map(|alarm| alarm.matches("MetricStat:").count().max(1)).sum(),
            dashboards: of_type("AWS::CloudWatch::Dashboard").len(),
        }
    }
}

/// Lambda's own START, END and REPORT lines of an invocation, with the 26 bytes `CloudWatch` counts for each line.
pub const LAMBDA_LOG_BYTES: u64 = 350;

/// How much of that Lambda writes by default: at WARN it writes nothing about an invocation that succeeded.
pub fn lambda_log_bytes(template: &str) -> u64 {
    let parameter = blocks(template).into_iter().find(|block| block.starts_with("  SystemLogLevel:\n"));
    match parameter.and_then(|block| value_of(block, "    Default: ")) {
        Some("WARN") => 0,
        _ => LAMBDA_LOG_BYTES,
    }
}

/// The parameters and resources. Each begins with its name, two spaces in, on a line of its own.
fn blocks(template: &str) -> Vec<&str> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in template.split_inclusive('\n') {
        if line.starts_with("  ") && !line.starts_with("   ") && line.trim_end().ends_with(':') {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([template.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| template.get(*start..end)).collect()
}

/// Whether a resource's condition holds by default. It does only where it compares a parameter with that parameter's default.
fn is_made(template: &str, resource: &str) -> bool {
    let Some(condition) = value_of(resource, "    Condition: ") else { return true };
    let Some(comparison) = value_of(template, &format!("  {condition}: !Equals [!Ref ")) else { return false };
    let Some((parameter, value)) = comparison.trim_end_matches(']').split_once(", ") else { return false };
    let name = format!("  {parameter}:\n");
    let default = blocks(template).into_iter().find(|block| block.starts_with(&name));
    default.and_then(|block| value_of(block, "    Default: ")) == Some(value)
}

/// What follows on the first line that begins like this.
fn value_of<'t>(text: &'t str, beginning: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
Parameters:
  On:
    Type: String
    Default: \"true\"
  Address:
    Type: String
    Default: \"\"
Conditions:
  IsOn: !Equals [!Ref On, \"true\"]
  IsOff: !Equals [!Ref On, \"false\"]
  HasAddress: !Not [!Equals [!Ref Address, \"\"]]
Resources:
  Always:
    Type: AWS::CloudWatch::Alarm
  ByDefault:
    Type: AWS::CloudWatch::Alarm
    Condition: IsOn
    Properties:
      Metrics:
        - MetricStat: {}
        - MetricStat: {}
  NotByDefault:
    Type: AWS::CloudWatch::Alarm
    Condition: IsOff
  OnRequest:
    Type: AWS::CloudWatch::Alarm
    Condition: HasAddress
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
";

    #[test]
    fn only_what_is_made_by_default_is_counted() {
        assert_eq!(Made::by(TEMPLATE), Made { queues: 1, alarms: 2, alarm_metrics: 3, dashboards: 0 });
    }

    #[test]
    fn lambda_logs_of_its_own_unless_the_level_is_warn() {
        for (level, bytes) in [("WARN", 0), ("INFO", LAMBDA_LOG_BYTES), ("DEBUG", LAMBDA_LOG_BYTES)] {
            let template = format!("Parameters:\n  SystemLogLevel:\n    Type: String\n    Default: {level}\n");
            assert_eq!(lambda_log_bytes(&template), bytes, "{level}");
        }
        assert_eq!(lambda_log_bytes(TEMPLATE), LAMBDA_LOG_BYTES, "Lambda's own default");
    }
}
