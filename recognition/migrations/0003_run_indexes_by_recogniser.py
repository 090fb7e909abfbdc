from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recognition", "0002_run_holder_request_and_pause"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="recognitionrun",
            index=models.Index(fields=["recogniser", "state", "next_try_at"], name="run_waiting"),
        ),
        migrations.AddIndex(
            model_name="recognitionrun",
            index=models.Index(fields=["recogniser", "state", "finished_at"], name="run_finished"),
        ),
    ]
